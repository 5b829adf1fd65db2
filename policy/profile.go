package policy

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// ProfileNames returns the names of the embedded profiles in order.
func ProfileNames() []string {
	entries, err := profiles.ReadDir("profiles")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Profile returns an embedded profile. Its error lists those there are.
func Profile(name string) (Source, error) {
	data, err := profiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return Source{}, fmt.Errorf("no profile %q%s; there are %s", name, didYouMean(name, ProfileNames()), strings.Join(ProfileNames(), ", "))
	}
	return Source{Name: name + ".yaml", Data: data, Tier: TierUser, embedded: true}, nil
}
