"""Asks a real istiod what it sends each client and server of generated meshes, so that the project's model can be compared with it.

| module | what it gives |
|---|---|
| `generate` and `draw_*` | a mesh from a seed: objects, clients, servers, and what to ask about |
| `mesh` | the value `Mesh`, its names and addresses moved from one slot of the cluster to another |
| `cluster`, `sentinel`, `question` | objects put into a control plane of its own, and when istiod has taken them up |
| `ask`, `facts` | istiod's answers over ADS, as JSON values |
| `compare` | questions with single answers, and where two sets of answers differ |
| `answer` | the model's answers in the same form |
| `shrink`, `keep`, `case` | a difference made minimal; answers and minimal meshes as files |
| `written_meshes`, `ask_written` | meshes that people wrote (`written/*.yaml`), and their answers |
| `run`, `report` | `make differential`; what was asked and what differed, kept in `proof.json` |
"""
