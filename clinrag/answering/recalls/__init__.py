"""Calling a text back: recalls, the apps that are told, and what they answered."""
