"""What vouches for checkpoints elsewhere: witnesses, time-stamps, anchors."""
