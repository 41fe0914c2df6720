"""Who is at the screen: a role and initials, kept in a signed cookie."""
