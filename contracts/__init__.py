"""What crosses a boundary between services: msgspec Structs only, no I/O."""
