"""What vouches for checkpoints outside the database: witnesses, time-stamps, anchors."""
