"""The executable contract of Leaf's Panorama credentials endpoints."""
