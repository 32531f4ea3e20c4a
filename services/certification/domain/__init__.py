"""The rules of certification: results and their decision, certificates, their term and their last days."""
