package policy

// DependsOnPast reports whether a rule looks at more than the Call itself: at
// how many came before, at whether it was used already, or at what a service
// says. A Decision of such a Set holds once.
func (s *Set) DependsOnPast() bool { return s.past }

func (r *rule) dependsOnPast() bool {
	return r.once || r.webhook != nil || r.when.count != nil
}
