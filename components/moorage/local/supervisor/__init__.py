"""The background process of one project and stack."""
