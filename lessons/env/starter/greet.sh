# Says where it is, in the words that its environment gives it.
echo "${GREETING:-(no greeting)}, ${PLACE:-(no place)}, this is ${SENDER:-(nobody)}"
if [ -n "$API_TOKEN" ]; then echo "I have a token."; fi
