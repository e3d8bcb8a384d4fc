/** A cell and its nucleus. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} aria-hidden>
      <path
        d="M12 2.2c3.9-.5 8.4 1.8 9.5 6.3 1 4.2-.2 8.6-3.3 11.2-3.2 2.6-8.3 2.9-11.9.7C2.5 18 1.3 13.2 2.6 9 3.8 5.3 7.8 2.7 12 2.2Z"
        fill="var(--primary-soft)"
        stroke="var(--primary)"
        strokeWidth="1.6"
      />
      <ellipse cx="13.2" cy="11.4" rx="4.6" ry="4.1" transform="rotate(-24 13.2 11.4)" fill="var(--primary)" />
      <circle cx="14.6" cy="10.2" r="1.2" fill="var(--primary-soft)" />
    </svg>
  )
}
