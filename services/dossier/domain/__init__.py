"""The rules of dossiers: owners, products, the owner's form, the file itself, and what is heard of it later."""
