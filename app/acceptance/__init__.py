"""Scripted sessions as training and as acceptance suite of a site."""
