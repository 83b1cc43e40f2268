TOKEN=$(curl -sf -u "$ID:$SECRET" -d grant_type=client_credentials -d scope=push:processes "$HUB/oauth/token" | jq -r .access_token)
