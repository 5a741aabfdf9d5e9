/**
 * All pages for groups. They load together, because each file that is loaded apart splits the others.
 *
 * @module
 */

export { EditGroupPage, NewGroupPage } from './edit-group.tsx'
export { GroupPage } from './group.tsx'
export { GroupsPage } from './groups.tsx'
