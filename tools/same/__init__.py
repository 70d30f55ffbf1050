"""Compares the behaviour of a commit's program with that of the working tree's.

Both run the same cases, in processes and folders of their own. The output, requests and objects of each are
recorded and compared. What differs in every run is masked.

- `builds`: both programs, the old one kept for the next comparison
- `files`: the lineups that are imported
- `commands`: cases of the command: texts, JSON, exit codes, objects of an import
- `functions`, `faults`: cases of the functions, with every request that they send
- `stack`: cases of the command on a stack, with every request that it sends
- `definition`, `model`: the state machine and the template; the seeds of the model test
- `services`, `proxy`, `sandboxes`, `stages`: what the cases of functions run on
- `masks`, `notes`: what is recorded, and how it is compared
"""
