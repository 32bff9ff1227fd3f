"""What the data folder stands on: SQLite's locks do not hold on a network file system."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ceph|glusterfs|lustre|9p|ncpfs|ocfs2|gfs2|davfs"
    r"|fuse\.(?:sshfs|glusterfs|ceph.*|s3fs|rclone|davfs2?|gcsfuse|goofys|juicefs)"
)


def file_system_of(folder: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of file system a folder stands on (ext4, nfs4 …); empty if unknown."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    place, best, kind = folder.resolve(), -1, ""
    for line in lines:
        _device, point, found, *_rest = line.split(" ")
        at = Path(point.encode().decode("unicode_escape"))
        # The later of two mounts on one place hides the earlier.
        if place.is_relative_to(at) and len(at.parts) >= best:
            best, kind = len(at.parts), found
    return kind


def is_network(kind: str) -> bool:
    """Tell whether a file system of this kind is on another machine."""
    return _NETWORK.fullmatch(kind) is not None
