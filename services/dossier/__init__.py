"""Dossiers of OCOP products: owners, products, the file from draft to submission, and what becomes of it."""
