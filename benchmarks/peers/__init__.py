"""Other people's recommenders, and simple ones of the literature, to be measured against."""
