/**
 * Entry point of the console.
 *
 * @module
 */

import '@cloudscape-design/global-styles/index.css'
import './console.css'
import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyTheme } from './shell/theme.ts'

const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no #root')

applyTheme()
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <App />
    </I18nProvider>
  </StrictMode>,
)
