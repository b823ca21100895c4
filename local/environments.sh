#!/bin/sh
# Makes the environments that `make` needs: local/environments.sh dev sam ministack (see environments.py beside it).
# PYTHON names another interpreter than the python3.13 on the PATH.
set -eu
for candidate in "${PYTHON:-}" python3.13 python3 python; do
    if [ -n "$candidate" ] && [ "$("$candidate" -c 'import sys; print(*sys.version_info[:2])' 2>/dev/null)" = "3 13" ]; then
        exec "$candidate" -I "$(dirname "$0")/environments.py" "$@"
    fi
done
echo "Python 3.13 is needed and was not found on the PATH; install it, or name it: make PYTHON=/path/to/python3.13 ..." >&2
exit 1
