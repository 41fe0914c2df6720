"""A simulated disk that loses power, the driver's file layer over it, and the lives it is put through."""
