"""What a store's pings say of its errors and its people, without any truth."""
