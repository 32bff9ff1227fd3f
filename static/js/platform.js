// Whose phone it is, where what to do differs.
export const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
