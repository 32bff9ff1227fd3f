"""Verified backups of the data, kept by the hour, day and week, and the way back from one."""

from crm.backup.kept import OLDEST_BACKUP, Backup, backup_folder, last_backup, list_backups

__all__ = ["OLDEST_BACKUP", "Backup", "backup_folder", "last_backup", "list_backups"]
