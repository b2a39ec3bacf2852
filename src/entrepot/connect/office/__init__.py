"""Shared documents in open formats: from what Yjs keeps to Markdown, HTML, CSV, XLSX, and through LibreOffice."""
