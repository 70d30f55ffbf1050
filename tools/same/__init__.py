"""What the program of a commit does, beside what the program of the working tree does.

Both get the same cases, in processes and folders of their own. What each said,
sent and left is written down with everything masked that no two runs have in common, and compared.

- `builds`: both programs, the old one kept for the next comparison
- `files`: the lineups that are imported
- `commands`: cases of the command: texts, JSON, exit codes, objects of an import
- `functions`, `faults`: cases of the functions, with every request that they send
- `stack`: cases of the command on a stack, with every request that it sends
- `definition`, `model`: the state machine and the template; the seeds of the model test
- `services`, `proxy`, `sandboxes`, `stages`: what the cases of functions run on
- `masks`, `notes`: what is written down, and how it is compared
"""
