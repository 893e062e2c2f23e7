"""Reimbursement of blood fees (用血费用报销): what a family may claim, what the centres owe each other.

Pure: policies and documents in, figures and reasons out. Volumes are whole mL, money is whole fen. Money
between the centres is the settlement of what one of them advanced for another, never a sale.
"""
