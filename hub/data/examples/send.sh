curl -sf -X POST "$HUB/api/v1/push/records?dry_run=true" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" \
     -H "Idempotency-Key: $(uuidgen)" --data-binary @demarches.ndjson
