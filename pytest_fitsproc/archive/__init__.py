"""The archive as DaCHS knows it: resource descriptors, data descriptors, sources, catalogues."""
