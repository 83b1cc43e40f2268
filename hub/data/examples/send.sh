KEY=demarches-$(date +%Y%m%dT%H%M%S)  # la même à chaque nouvel essai de cet envoi
curl -sf -X POST "$HUB/api/v1/push/records?dry_run=true" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" \
     -H "Idempotency-Key: $KEY" --data-binary @demarches.ndjson
