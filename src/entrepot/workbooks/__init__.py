"""Read the workbooks of spreadsheets, XLSX and XLS: untrusted files, within bounds of memory and time."""
