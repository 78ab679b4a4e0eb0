import type zh from '../zh/backups'

const backups: typeof zh = {
  backups: {
    about: 'Every night to a USB disk, a server or a shared folder. With a backup another box goes on as if nothing had happened.',
    now: 'Back up now', download: 'Download everything', downloadHint: 'One file with all data; encrypted when there is a backup password.', last: 'Last backup', never: 'There was no backup yet. Say on the right where backups go.',
    noDatabase: 'The database is on a PostgreSQL server. Backups hold all of it; a restore replaces it there as a whole.',
    running: { backup: 'Backing up', check: 'Checking a backup', restore: 'Unpacking a backup', download: 'Making the download' }, stop: 'Stop',
    there: 'Backups', look: 'Look at the target', looking: 'Looking…', none: 'There are no backups here yet.', free: '{size} free', withSounds: 'with recordings', withoutSounds: 'without recordings', counts: '{calls} calls · {customers} customers',
    check: 'Check', checkHint: 'Reads every file and compares its hash', restore: 'Restore', locked: 'Other password',
    settings: 'Settings', kind: 'Back up to', kinds: { none: 'Nowhere', disk: 'USB disk', sftp: 'SFTP server', smb: 'Windows share' },
    disk: 'Which one', anyDisk: 'The one plugged in', unplug: 'Format it as exFAT, FAT32 or NTFS. It may be pulled out whenever no backup or restore runs.', host: 'Server', share: 'Share', folder: 'Folder', user: 'User', password: 'Password', hostKey: 'Server’s identity',
    nightly: 'Every night', at: 'At', keep: 'Keep', keepHint: 'The oldest go first', sounds: 'Recordings and voicemails too', secret: 'Backup password', secretHint: 'Empty: not encrypted. Without it nobody can restore, the vendor neither.', save: 'Save', saved: 'Backup settings saved', trial: 'Try', worked: 'It can be used',
    fromFile: 'Restore from a file', choose: 'Choose a backup file', uploading: 'Uploading {percent}%', uploaded: 'The file is here', restoreAsk: 'The backup is unpacked and checked first; the box’s data stays as it is.', passwordAsk: 'Backup password (empty: not encrypted)', prepare: 'Unpack and check',
    ready: 'A backup is ready', readyText: '{bureau}, backup of {time}: {calls} calls, {customers} customers.', switchHint: 'People, settings, customers and calls of this box are replaced by those of the backup; sign in with an account of the backup.', readySounds: 'Recordings are replaced too.', readyNoSounds: 'It has no recordings: those of this box stay.', switch: 'Switch', switchAsk: 'Replace all data of this box by the backup? It begins when running calls have ended and takes about a minute.', discard: 'Discard',
    switching: 'Switching when calls have ended; the page connects again by itself…', old: 'The data before the last switch still takes {size}; delete it when it is not needed any more.', removeOld: 'Delete old data',
    oldBox: 'Go on from another box’s backup', oldBoxDisk: 'These disks are plugged in: look at the backups on one, then press Restore.', oldBoxHow: 'Plug in the disk with the backups; for a server say on the right where it is; for a downloaded file use Restore from a file below.', lookAt: 'Look at “{disk}”',
    config: {
      title: 'Settings as a file', about: 'Flows, prompts, queues, rights and rules; no customers, calls, accounts or passwords.', export: 'Export', import: 'Import', from: 'Settings of {bureau}, exported {time}; what is different here:', same: 'All is the same here already.',
      added: 'New: {names}', changed: 'Changed: {names}', removed: 'Removed: {names}', fields: '{n} settings differ', more: '{names} and more, {n} in all', own: 'Rarely fits another box', hint: 'What is ticked is in force at once, running calls go on; the rest stays as it is.', take: 'Import {n} parts', done: 'Settings imported',
    },
    history: 'History', kindOf: { backup: 'Backup', check: 'Check', restore: 'Restore', download: 'Download' },
  },
}
export default backups
