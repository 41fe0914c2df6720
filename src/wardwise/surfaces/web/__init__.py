"""The pages people work with: server-rendered, live through one snapshot shared by every screen."""
