"""Call control: lines, stations, calls, queues, agents. One coroutine per call; every state is a pure table."""
