import React from 'react';
export const Button = ({ label }: Props) => <b onClick={() => press(label)}>{label}</b>;
function press(x: string) { return <Button label={x} />; }
