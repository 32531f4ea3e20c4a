"""The forms on paper: laid out once, and written as a Word document or as a PDF."""
