// The one line of a company's website: tells Hamrah which pages are seen, where somebody came from
// and what is downloaded. Its size is bounded, so names are short: K our key in the storage, v the
// visitor, c whether he agreed, q that he wants no tracking at all, S our tag, O our own site.
{
let D=document,N=navigator,A=location,S=D.currentScript,O=new URL(S.src).origin,K="hamrah",
q=N.globalPrivacyControl||N.doNotTrack==1,c,
// Without consent this id dies with the page.
v="10000000-1000-4000-8000-100000000000".replace(/[018]/g,x=>(x^crypto.getRandomValues(new Uint8Array(1))[0]&15>>x/4).toString(16)),
T=(...t)=>q||N.sendBeacon(O+"/t",JSON.stringify({k:S.dataset.key,v,t:[t]})),
V=()=>T("p",A.href.slice(0,1500),D.referrer.slice(0,1500)),
// Our forms are given the id, and lose it when he takes his word back.
L=()=>D.querySelectorAll(`[href^="${O}/f/"],[src^="${O}/f/"]`).forEach(e=>{
let p=e.href?"href":"src",u=new URL(e[p]);
u.searchParams[q?"delete":"set"]("v",v);
e[p]=u
}),
// He agreed: the id is kept. A link of ours (?v=) says who he is.
G=()=>{
c=1;
try{v=(/[?&]v=([\da-f-]{36})\b/.exec(A.search)||[])[1]||localStorage[K]||v;localStorage[K]=v}catch{}
L()
};
// hamrah("consent"), or hamrah("forget"): nothing is stored any more, and nothing more is said.
window[K]=w=>{
if(w!="consent"){
q=1;try{localStorage.removeItem(K)}catch{}
c&&L()
}else if(!q&&!c){
let u=v;G();u!=v&&V()
}
};
!q&&(window[K+"Consent"]||"consent"in S.dataset)&&G();
V();
D.addEventListener("click",e=>{
let a=e.target.closest("a[href]");
a&&/\.\w+$/.test(a.pathname)&&T("d",a.href.slice(0,2e3))
},true)
}
