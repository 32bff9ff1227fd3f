"""Verified backups of the data, kept by the hour, day and week, and the way back from one."""

from crm.backup.kept import Backup, backup_folder, last_backup, list_backups

__all__ = ["Backup", "backup_folder", "last_backup", "list_backups"]
