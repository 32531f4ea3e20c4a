"""The certificate as a printed document: its template, its QR code, its seal."""
