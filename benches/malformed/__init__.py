"""Messages and files that are real in shape and wrong in one way: what becomes of each, by class of defect."""
