// Rota answers who stands the next watch.
//
// Settings, from the environment: HOST (default all addresses) and PORT (default 8080).
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// The linker sets this: go build -ldflags "-X main.version=1.2.3"
var version = "dev"

// onDeck returns who stands watch number n, counted from 0, when the crew takes turns.
func onDeck(crew []string, n int) string {
	return crew[n%len(crew)]
}

func watch(w http.ResponseWriter, r *http.Request) {
	crew := strings.Split(r.URL.Query().Get("crew"), ",")
	n, err := strconv.Atoi(r.URL.Query().Get("watch"))
	if err != nil || n < 0 || crew[0] == "" {
		http.Error(w, "ask for /watch?crew=ann,bob,cem&watch=4", http.StatusBadRequest)
		return
	}
	answer(w, map[string]any{"watch": n, "on_deck": onDeck(crew, n), "next": onDeck(crew, n+1)})
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	http.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	http.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"version": version})
	})
	http.HandleFunc("GET /watch", watch)

	address := net.JoinHostPort(setting("HOST", ""), setting("PORT", "8080"))
	log.Printf("rota %s listens on %s", version, address)
	log.Fatal(http.ListenAndServe(address, nil))
}
