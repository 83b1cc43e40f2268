# Réglages du hub : copier en config.py et garder les lignes utiles. La liste complète est dans docs/OPERATIONS.md.
# DATABASE_URL = "postgresql://hub@localhost/hub"
# SECRET_KEY = "une longue suite tirée au sort"
# PAGE_SIZE = 50
