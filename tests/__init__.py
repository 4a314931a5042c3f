"""What holds for the portal, told in the sentences of the trade; mirrors the rooms, with journeys through HTTP."""
