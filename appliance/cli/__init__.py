"""The command line `hotlinebox`: the top floor, where engine, web and jobs meet."""
