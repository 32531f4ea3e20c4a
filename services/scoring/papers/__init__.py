"""The papers of a council: what stands on them, and how they are set as PDF, DOCX and XLSX."""
