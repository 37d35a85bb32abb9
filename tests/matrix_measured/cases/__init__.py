"""Every case of the measured matrix, one module per family. A case that is not in `CASES` is never played."""

from matrix_measured.case import ClientCase, IstiodCase, ServerCase
from matrix_measured.cases import (
    authentication,
    authorization,
    destinationrule,
    dropped,
    mesh,
    services,
    virtualservice_action,
    virtualservice_match,
)

CLIENT: tuple[ClientCase, ...] = (
    *virtualservice_match.CASES,
    *virtualservice_action.CASES,
    *destinationrule.CASES,
    *services.CASES,
)
SERVER: tuple[ServerCase, ...] = (*authorization.CASES, *authentication.CASES)
ISTIOD: tuple[IstiodCase, ...] = dropped.CASES
MESH: tuple[IstiodCase, ...] = mesh.CASES
CASES: tuple[ClientCase | ServerCase | IstiodCase, ...] = (*CLIENT, *SERVER, *ISTIOD, *MESH)
