"""What goes in and out as JSON: serializers that also describe it to OpenAPI."""
