// Package notify sends messages about decisions to where the owner's policy says:
// Slack, Discord, Teams, or any service that takes JSON.
//
// What holds:
//
//   - Nothing waits for a message. What a full queue can't take, or a service
//     does not take in time, is counted and told.
//   - What the agent chose (a command, a path) is shown, and never acted upon:
//     it can't call people, make links, or write over what is around it.
//   - Secrets of known shapes are taken out before.
//   - Messages go over https, or to this machine; see platform/outbound.
package notify
