"""Sources of retrieval: small models that each score all products for a batch of visits, under one contract."""
