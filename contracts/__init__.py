"""The executable contract of Leaf's provider-credentials APIs.

The contracts themselves are the YAML files in this folder. Each package has one concern, and its
docstring says what it knows, what it must not know and where to start reading. Imports go one way:

    spec ← derived ← masking ← http ← expected_state ← judging ← leaf_user ← session
    session ← report ← compare ← cli; report ← plugins
    http ← service ← faults ← session, mock
    spec, masking, http ← drift ← cli
"""
